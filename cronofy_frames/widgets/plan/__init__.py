"""Widget that shows a plan, applies it and takes it back."""
