"""English, as in every sentence of the panel."""
