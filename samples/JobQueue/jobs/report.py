orders = {"tea": 12, "coffee": 30, "cake": 7}
print(", ".join(f"{name} {count}" for name, count in sorted(orders.items())))
print("sum", sum(orders.values()))
