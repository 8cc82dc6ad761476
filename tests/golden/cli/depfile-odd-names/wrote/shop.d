../gen\ one/shop.h ../gen\ one/shop.c: in\ put$$.dyn
