"""Faces for notebooks: what can be seen and pressed, over functions that do the work."""
