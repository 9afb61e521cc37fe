"""Identity in the sandbox: OAuth, consent pages, tokens, organisations."""
