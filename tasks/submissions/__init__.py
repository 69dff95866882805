"""填报: drafts, handing on, submitting, versions, figures, evidence, and the desk with its workbook."""
