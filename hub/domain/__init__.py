"""The hall's rules, pure: `decide(state, command) → events`, `evolve(state, event) → state`; time is in the command."""
