"""One module per campaign; its name is the campaign's."""
