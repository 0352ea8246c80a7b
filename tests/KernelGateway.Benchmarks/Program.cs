using BenchmarkDotNet.Running;
using KernelGateway.Benchmarks;

try
{
    switch (args.FirstOrDefault())
    {
        case "compare":
            return await CompareCommand.RunAsync(CompareOptions.Parse(args.AsSpan(1)));
        case "micro":
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Length > 1 ? args[1..] : ["--filter", "*"]);
            return 0;
        default:
            await Console.Error.WriteLineAsync(CompareOptions.Usage);
            return 2;
    }
}
catch (BenchmarkException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
