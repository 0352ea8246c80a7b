using KernelGateway.Soak;
using KernelGateway.Soak.Kernels;

try
{
    if (args is [ScriptedKernelCommand.Name or ScriptedKernelCommand.AttachedName, var connectionFile])
    {
        return await ScriptedKernelCommand.RunAsync(args[0], connectionFile);
    }

    if (args is ["--help" or "-h"])
    {
        Console.WriteLine(SoakOptions.Usage);
        return 0;
    }

    return await SoakCommand.RunAsync(SoakOptions.Parse(args), Console.Out) ? 0 : 1;
}
catch (SoakException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
