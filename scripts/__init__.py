"""Setting up and running the system on one machine. Imports none of the apps."""
