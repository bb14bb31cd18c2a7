"""What the verbs of `hltv-assets` do; the command line itself is in `cli`."""
