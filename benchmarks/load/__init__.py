"""Load as a hall makes it: real hub processes, a real broker, boards and programs with a connection each."""
