"""Searches over the parameters of rules and strategies, with the statistics that keep them honest.

`settings`: the file of a study. `objective`: one evaluation. `search`: Optuna, batch by batch.
`workers`: where evaluations are done; never what comes out. `study`: the folder of a study from
its beginning to its result. `result`: what it says.
"""
