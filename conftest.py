pytest_plugins = ["hil.plugin.hooks", "hil.plugin.fixtures"]
