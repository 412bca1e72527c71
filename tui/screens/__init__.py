"""Screens and dialogs, in folders by area; the modules beside the folders are shared by them."""
