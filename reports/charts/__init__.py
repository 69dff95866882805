"""Pictures drawn on the server as SVG: bars and lights, the same on a page and in a PDF."""
