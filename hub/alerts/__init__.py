"""Alerts: who looks after the rules, who is told, and what people do with them. The rules' sense is in hub.domain."""
