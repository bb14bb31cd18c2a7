"""The definition of tables and views: columns, DDL, comments, migrations."""
