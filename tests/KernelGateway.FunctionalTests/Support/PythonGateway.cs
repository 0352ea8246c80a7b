using KernelGateway.Contexts;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>A gateway with one context on a real ipykernel. Its disposal leaves nothing behind.</summary>
internal sealed class PythonGateway : IAsyncDisposable
{
    private PythonGateway(Gateway gateway, CodeContext context)
    {
        Gateway = gateway;
        Context = context;
    }

    public Gateway Gateway { get; }

    public CodeContext Context { get; }

    public static async Task<PythonGateway> StartAsync(
        CancellationToken cancellationToken, Action<KernelGatewayOptions>? configure = null, CreateContextOptions? context = null)
    {
        var gateway = await StartGatewayAsync(configure, cancellationToken);
        try
        {
            return new PythonGateway(gateway, await gateway.Contexts.CreateAsync(context, cancellationToken));
        }
        catch (KernelSpecNotFoundException exception)
        {
            await gateway.DisposeAsync();
            Assert.Ignore($"No Python kernel is installed: {exception.Message}");
            throw;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public static Task<Gateway> StartGatewayAsync(Action<KernelGatewayOptions>? configure, CancellationToken cancellationToken)
    {
        var options = new KernelGatewayOptions();
        configure?.Invoke(options);
        return Gateway.StartAsync(options, cancellationToken: cancellationToken);
    }

    public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();
}
