"""HTTP in: one router per part of what members, coordinators and the public can do."""
