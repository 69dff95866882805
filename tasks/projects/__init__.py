"""重大项目: who reports on a project, quarterly project reports and the decisions on them."""
