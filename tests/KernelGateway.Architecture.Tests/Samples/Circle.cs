// Namespaces for the tests of the graph: Lower and Upper form a cycle, which only a method body closes.
#pragma warning disable IDE0130 // The namespaces of a small example are easier to read in one file.
namespace KernelGateway.Architecture.Tests.Samples.Lower
{
    internal sealed class Engine
    {
        public static string Describe() => typeof(Upper.Car).Name;
    }
}

namespace KernelGateway.Architecture.Tests.Samples.Upper
{
    internal sealed class Car
    {
        private readonly List<Lower.Engine> _engines = [];

        public int Count => _engines.Count;
    }
}

namespace KernelGateway.Architecture.Tests.Samples.Apart
{
    internal sealed class Driver
    {
        public static async Task<int> DriveAsync(Upper.Car car)
        {
            await Task.Yield();
            return car.Count;
        }
    }
}
