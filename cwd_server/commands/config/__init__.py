"""`config`: one entry in a client's file, printed, put in or taken out; every other byte stays."""
