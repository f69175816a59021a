"""What each verb of the command line does: read, call, show. One file a verb."""
