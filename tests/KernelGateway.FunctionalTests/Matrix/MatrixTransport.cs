namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>What carries the messages of the kernels of the matrix.</summary>
public enum MatrixTransport
{
    /// <summary>The gateway's own implementation of ZMTP.</summary>
    Zmtp,

    /// <summary>NetMQ.</summary>
    NetMQ,
}
