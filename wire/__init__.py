"""The language that edge and hub share: topics, messages and their codec. No I/O, no clock."""
