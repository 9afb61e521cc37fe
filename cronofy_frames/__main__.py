"""`python -m cronofy_frames` is `cronofy-frames`."""

from cronofy_frames.cli import main

main()
