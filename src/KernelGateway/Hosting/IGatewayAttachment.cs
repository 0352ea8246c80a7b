namespace KernelGateway.Hosting;

/// <summary>A service of a host that attaches itself to the gateway when that has started.</summary>
internal interface IGatewayAttachment
{
    /// <summary>Attaches the service.</summary>
    void AttachTo(Gateway gateway);
}
