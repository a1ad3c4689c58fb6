"""What platforms are told of the appointments that their programs booked."""
