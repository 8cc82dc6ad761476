a\ stamp\#1$$: input.dyn parts/colours.dyn
