"""Sending: one message from a stored row to its MsgID, in order, not too fast; and taking it back."""
