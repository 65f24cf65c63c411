"""The demo project that `make up` sets up: data here, made through the services that the panel and the API use."""
