"""`fxrobot demo`: the whole robot, its venues, clients, broker and back office as real
processes.
"""
