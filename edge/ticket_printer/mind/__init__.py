"""What the ticket machine thinks, a module for each concern. Pure; `edge.ticket_printer.logic` is the way in."""
