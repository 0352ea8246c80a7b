using KernelGateway.Benchmarks.Rows;

namespace KernelGateway.Benchmarks;

/// <summary>The command line of <c>compare</c>.</summary>
/// <param name="IsQuick">Whether a short, less exact run is enough.</param>
/// <param name="Only">The rows to measure; empty for all.</param>
/// <param name="JsonPath">The file for the numbers as JSON; null for none.</param>
/// <param name="ServerAssembly">The server; null for the one that was built together with this program.</param>
internal sealed record CompareOptions(bool IsQuick, IReadOnlyList<string> Only, string? JsonPath, string? ServerAssembly)
{
    public const string Usage =
        """
        dotnet run -c Release --project tests/KernelGateway.Benchmarks -- compare [--quick] [--only NAME]... [--json FILE] [--server FILE]
        dotnet run -c Release --project tests/KernelGateway.Benchmarks -- micro [BenchmarkDotNet options]
        """;

    public static CompareOptions Parse(ReadOnlySpan<string> arguments)
    {
        var isQuick = false;
        var only = new List<string>();
        string? json = null, server = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    isQuick = true;
                    break;
                case "--only" when i + 1 < arguments.Length:
                    only.AddRange(arguments[++i].Split(','));
                    break;
                case "--json" when i + 1 < arguments.Length:
                    json = Path.GetFullPath(arguments[++i]);
                    break;
                case "--server" when i + 1 < arguments.Length:
                    server = Path.GetFullPath(arguments[++i]);
                    break;
                default:
                    throw new BenchmarkException($"'{arguments[i]}' was not understood.{Environment.NewLine}{Usage}");
            }
        }

        var names = AllRows.Named.Select(row => row.Name).ToList();
        if (only.Find(name => !names.Contains(name)) is { } unknown)
        {
            throw new BenchmarkException($"There is no row '{unknown}'; there are {string.Join(", ", names)}.");
        }

        return new CompareOptions(isQuick, only, json, server);
    }
}
