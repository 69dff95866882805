"""纸面表单: forms for signature and seal as PDF: 调整申请表, 审核单."""
