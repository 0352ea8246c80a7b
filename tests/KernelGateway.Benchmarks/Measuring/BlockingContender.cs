using System.Net.Sockets;

namespace KernelGateway.Benchmarks.Measuring;

/// <summary>Measures blocking calls, which need no event loop in the measured time.</summary>
internal static class BlockingContender
{
    /// <summary>Creates a contender that works on a thread of its own.</summary>
    /// <param name="name">Its name in the table.</param>
    /// <param name="measure">Does the work once and returns its sample.</param>
    /// <param name="connections">What is closed when the turn is cancelled, so that the calls end.</param>
    public static Contender Create(string name, Func<double> measure, params IDisposable[] connections) =>
        new(name, (count, token) => RunAsync(measure, count, connections, token));

    private static async Task<double[]> RunAsync(
        Func<double> measure, int count, IDisposable[] connections, CancellationToken token)
    {
        await using var hangUp = token.Register(() =>
        {
            foreach (var connection in connections) connection.Dispose();
        });
        try
        {
            return await Task.Factory.StartNew(
                () => Repeat(measure, count, token), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception exception)
            when (exception is SocketException or ObjectDisposedException && token.IsCancellationRequested)
        {
            throw new OperationCanceledException(token);
        }
    }

    private static double[] Repeat(Func<double> measure, int count, CancellationToken cancellationToken)
    {
        var samples = new double[count];
        for (var i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            samples[i] = measure();
        }

        return samples;
    }
}
