"""The command line of the domain: one module a command."""
