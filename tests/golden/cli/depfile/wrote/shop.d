../gen/shop.h ../gen/shop.c: input.dyn parts/colours.dyn
