"""HTML to PDF with WeasyPrint: fonts, Chinese lines, tags, signing. Knows no document."""
