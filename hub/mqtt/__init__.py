"""The gateway between devices and the desk: messages become commands, state becomes views."""
