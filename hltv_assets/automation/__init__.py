"""What runs by itself under the daemon, once it is switched on; each decision is a function of its own."""
