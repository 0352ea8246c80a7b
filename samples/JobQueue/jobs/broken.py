orders = {"tea": 12}
print(orders["juice"])
