"""Meeting agents: bots that join online meetings, record them and write transcripts."""
