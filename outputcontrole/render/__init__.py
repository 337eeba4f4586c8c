"""From protected numbers to the bytes a recipient gets; nothing here sees a hidden number."""
