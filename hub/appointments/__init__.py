"""预约: what can be booked, and booking it. `bookings` is the door for pages, API and machines."""
