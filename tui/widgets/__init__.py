"""One widget a file. Widgets read the store and draw; they post what a person wants upwards, and know no URL."""
