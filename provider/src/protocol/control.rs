//! go-plugin's own services beside the provider: the end of the process and two idle streams.

use std::time::Duration;

use tfplugin_proto::go_plugin::grpc_broker_server::GrpcBroker;
use tfplugin_proto::go_plugin::grpc_controller_server::GrpcController;
use tfplugin_proto::go_plugin::grpc_stdio_server::GrpcStdio;
use tfplugin_proto::go_plugin::{ConnInfo, Empty, StdioData};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming, async_trait};

/// Whether the process ends, and the time that running calls have left then.
pub(super) type Closing = Option<Duration>;

/// Time to finish after Shutdown. Terraform kills after two seconds.
const SHUTDOWN_TIME: Duration = Duration::from_secs(1);

/// All three services around one switch.
#[derive(Clone)]
pub(super) struct Control {
    pub(super) closing: watch::Sender<Closing>,
}

impl Control {
    /// A stream that says nothing and ends with the process: an open stream would hold up the
    /// drain for ever.
    fn silence<T: Send + 'static>(&self) -> BoxStream<T> {
        let mut closing = self.closing.subscribe();
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            tokio::select! {
                _ = closing.wait_for(Option::is_some) => {}
                () = sender.closed() => {}
            }
        });
        Box::pin(ReceiverStream::new(receiver))
    }
}

#[async_trait]
impl GrpcController for Control {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("Terraform is done with this process");
        self.closing.send_replace(Some(SHUTDOWN_TIME));
        Ok(Response::new(Empty {}))
    }
}

#[async_trait]
impl GrpcStdio for Control {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(self.silence()))
    }
}

#[async_trait]
impl GrpcBroker for Control {
    async fn start_stream(
        &self,
        _: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(self.silence()))
    }
}
