using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using KernelGateway.Benchmarks;

try
{
    switch (args.FirstOrDefault())
    {
        case "compare":
            return await CompareCommand.RunAsync(CompareOptions.Parse(args.AsSpan(1)));
        case "micro":
            // The benchmarks run in this process: no project is generated and built, and internal types stay accessible.
            var config = DefaultConfig.Instance
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .AddDiagnoser(MemoryDiagnoser.Default);
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Length > 1 ? args[1..] : ["--filter", "*"], config);
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
