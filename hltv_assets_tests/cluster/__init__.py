"""All parts of a cluster as processes of one machine, with real services, and what must hold when parts are killed."""
