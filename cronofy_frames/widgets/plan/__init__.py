"""The widget that `plan_widget` returns: look at a plan, apply it and undo it."""
